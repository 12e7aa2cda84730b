#include "ctorch.h"
#include <torch/version.h>
extern "C" const char *ct_version(void) { return TORCH_VERSION; }
