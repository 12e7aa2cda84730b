#include "ctorch_table.h"
int ct_table_abi(void) { return 1; }
