#pragma once
int ca_abi(void);
