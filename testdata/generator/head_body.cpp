#include "testdata/generator/anatomy.hpp"

namespace recog::generator {
namespace {

void add_skull(Body& body) {
    body.push_back({{.z = 0, .a = 77, .b = 97, .c = 92}, Tissue::Fat});
    body.push_back({{.z = 0, .a = 74, .b = 94, .c = 89}, Tissue::Muscle});
    body.push_back({{.z = 0, .a = 71, .b = 91, .c = 86}, Tissue::Bone});
    body.push_back({{.z = 0, .a = 68.2, .b = 88.2, .c = 83.2}, Tissue::Marrow});
    body.push_back({{.z = 0, .a = 66.8, .b = 86.8, .c = 81.8}, Tissue::Bone});
    body.push_back({{.z = 0, .a = 64, .b = 84, .c = 79}, Tissue::Fluid});
}

void add_brain(Body& body) {
    body.push_back(
        {{.z = 0, .a = 61.5, .b = 81, .c = 76, .folds = 46, .fold_depth = 0.016}, Tissue::GreyMatter});
    body.push_back(
        {{.z = 0, .a = 54, .b = 73, .c = 68, .folds = 31, .fold_depth = 0.045}, Tissue::WhiteMatter});
    for (const double side : {-1.0, 1.0}) { // Sylvian fissure and insula
        body.push_back({{.x = side * 47, .y = -14, .z = 2, .a = 15, .b = 4.5, .c = 22, .angle = side * -0.5},
                        Tissue::GreyMatter});
        body.push_back({{.x = side * 51, .y = -15, .z = 2, .a = 12, .b = 1.8, .c = 20, .angle = side * -0.5},
                        Tissue::Fluid});
    }
    body.push_back({{.z = 0, .a = 4.5, .b = 80, .c = 75, .low = -30}, Tissue::GreyMatter});
    body.push_back(
        {{.z = 0, .a = 1.6, .b = 83, .c = 78, .low = -30}, Tissue::Fluid}); // between the hemispheres
    body.push_back(
        {{.x = 0, .y = 0, .z = 8, .a = 20, .b = 26, .c = 22}, Tissue::WhiteMatter}); // corpus callosum
    body.push_back({{.x = 0, .y = 38, .z = -42, .a = 43, .b = 31, .c = 28, .folds = 40, .fold_depth = 0.02},
                    Tissue::GreyMatter}); // cerebellum
    body.push_back(
        {{.x = 0, .y = 16, .z = -50, .a = 15, .b = 14, .c = 40}, Tissue::WhiteMatter});    // brain stem
    body.push_back({{.x = 0, .y = 40, .z = -42, .a = 7, .b = 6, .c = 14}, Tissue::Fluid}); // fourth ventricle
}

void add_deep_nuclei_and_ventricles(Body& body) {
    for (const double side : {-1.0, 1.0}) {
        body.push_back({{.x = side * 12, .y = 12, .z = 4, .a = 9, .b = 14, .c = 13, .angle = side * -0.4},
                        Tissue::GreyMatter}); // thalamus
        body.push_back({{.x = side * 25, .y = -6, .z = 4, .a = 7, .b = 19, .c = 14, .angle = side * 0.25},
                        Tissue::GreyMatter}); // lentiform nucleus
        body.push_back({{.x = side * 13, .y = -24, .z = 12, .a = 5, .b = 18, .c = 16, .angle = side * 0.35},
                        Tissue::Fluid}); // frontal horn
        body.push_back({{.x = side * 11, .y = 6, .z = 24, .a = 6, .b = 30, .c = 9, .angle = side * -0.12},
                        Tissue::Fluid}); // body of the lateral ventricle
        body.push_back({{.x = side * 24, .y = 34, .z = 10, .a = 6, .b = 20, .c = 14, .angle = side * -0.45},
                        Tissue::Fluid}); // occipital horn
    }
    body.push_back({{.x = 0, .y = 6, .z = 2, .a = 2.6, .b = 14, .c = 12}, Tissue::Fluid}); // third ventricle
    body.push_back({{.x = 27, .y = -4, .z = 6, .a = 8, .b = 15, .c = 13, .angle = 0.25}, Tissue::Lesion});
}

void add_face_and_base(Body& body) {
    for (const double side : {-1.0, 1.0}) {
        body.push_back({{.x = side * 31, .y = -68, .z = -42, .a = 21, .b = 27, .c = 19}, Tissue::Bone});
        body.push_back({{.x = side * 31, .y = -70, .z = -42, .a = 18, .b = 25, .c = 16}, Tissue::Fat});
        body.push_back(
            {{.x = side * 31, .y = -78, .z = -42, .a = 12, .b = 12, .c = 12}, Tissue::Fluid}); // eye
        body.push_back(
            {{.x = side * 31, .y = -84, .z = -42, .a = 5, .b = 2, .c = 4.5}, Tissue::Organ}); // lens
        body.push_back({{.x = side * 42, .y = 16, .z = -52, .a = 22, .b = 8, .c = 11, .angle = side * 0.5},
                        Tissue::Bone}); // petrous bone
        body.push_back({{.x = side * 54, .y = 24, .z = -54, .a = 6, .b = 6, .c = 8}, Tissue::Air}); // mastoid
    }
    body.push_back({{.x = 0, .y = -66, .z = -46, .a = 10, .b = 24, .c = 20}, Tissue::Bone});
    body.push_back({{.x = 0, .y = -66, .z = -46, .a = 8, .b = 21, .c = 18}, Tissue::Air});
    body.push_back({{.x = 0, .y = -66, .z = -46, .a = 1, .b = 20, .c = 18}, Tissue::Bone});
    body.push_back({{.x = 0, .y = -83, .z = -8, .a = 17, .b = 4, .c = 14}, Tissue::Air}); // frontal sinus
}

} // namespace

Body head_body() {
    Body body;
    add_skull(body);
    add_brain(body);
    add_deep_nuclei_and_ventricles(body);
    add_face_and_base(body);
    return body;
}

} // namespace recog::generator
