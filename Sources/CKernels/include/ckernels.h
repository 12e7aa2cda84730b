// Empty on purpose: ckernels.hpp is C++, of which no module is made; CTorch includes it by its path.
