// CT, MR, DX and CR images as DICOM objects.
#pragma once

#include "testdata/generator/module_writers.hpp"
#include "testdata/generator/pixel_planes.hpp"

namespace recog::generator {

/// One series of a study, as far as every image repeats it.
struct Series {
    std::string uid;
    int number = 1;
    std::string description;
};

/// Where a cut lies: its number from 1, its height in patient coordinates and its thickness, both in mm.
struct CutPlace {
    int number = 1;
    double z = 0;
    double thickness = 1;
};

enum class MrWeighting { T1, T2 };

ObjectReference write_ct(DcmFileFormat& file, const Study& study, const Series& series, const CutPlace& place,
                         const PixelPlane& plane);
ObjectReference write_mr(DcmFileFormat& file, const Study& study, const Series& series, const CutPlace& place,
                         MrWeighting weighting, const PixelPlane& plane);
/// Digital X-Ray Image Storage - For Presentation, chest from the front.
ObjectReference write_dx(DcmFileFormat& file, const Study& study, const Series& series,
                         const PixelPlane& plane);
/// Computed Radiography, left hand.
ObjectReference write_cr(DcmFileFormat& file, const Study& study, const Series& series,
                         const PixelPlane& plane);

} // namespace recog::generator
