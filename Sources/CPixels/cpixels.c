#include "cpixels.h"
int cpx_abi(void) { return 1; }
