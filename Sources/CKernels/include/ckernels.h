// Empty on purpose: ckernels.hpp is C++, which cannot be a module; CTorch includes it by its path.
