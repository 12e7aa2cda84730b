#pragma once
int cpx_abi(void);
