#include "ck_sincos.h"
