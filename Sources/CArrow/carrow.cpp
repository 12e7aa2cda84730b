extern "C" {
#include "carrow.h"
}
int ca_abi(void) { return 1; }
