// Loops over pixels, compiled with -O3 in every configuration.
#pragma once
#include "cpixels_checksum.h"
#include "cpixels_layout.h"
#include "cpixels_pack.h"
#include "cpixels_png.h"
