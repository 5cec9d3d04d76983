// Bodies made of ellipsoids, one list for all modalities: CT, MR and radiographs are cuts and projections of
// it.
//
// Patient coordinates in mm (PS3.3 C.7.6.2.1.1): x to the patient's left, y to the back, z to the head.
#pragma once

#include "testdata/generator/raster.hpp"

#include <array>
#include <cstddef>
#include <vector>

namespace recog::generator {

enum class Tissue : std::size_t {
    Air,
    Table,
    Lung,
    Fat,
    Muscle,
    Organ,
    Blood,
    Fluid,
    GreyMatter,
    WhiteMatter,
    Disc,
    Marrow,
    Bone,
    Lesion,
    Count
};

/// The number each tissue has in one kind of image: HU, or MR signal.
using TissueValues = std::array<float, static_cast<std::size_t>(Tissue::Count)>;

struct Solid {
    Ellipsoid shape;
    Tissue tissue;
};

/// Later solids cover earlier ones.
using Body = std::vector<Solid>;

/// Trunk from z = -190 to 190: lungs with vessels, heart, spine, ribs, and a nodule of 18 mm in the right
/// lung that leans through the slices.
Body chest_body();

/// Head about z = 0: skull, brain with folds, ventricles, eyes; a bleeding in the left basal ganglia.
Body head_body();

/// Paints the cut at height `z` onto `raster`, which holds the value of air or whatever lies behind.
void paint_cut(Raster& raster, const Body& body, const TissueValues& values, double z);

} // namespace recog::generator
