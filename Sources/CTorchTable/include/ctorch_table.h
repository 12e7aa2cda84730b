#pragma once
int ct_table_abi(void);
