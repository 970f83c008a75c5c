/* calibrate_parts.h - what calibrate.c (zones) and calibrate_year.c (years) share. */
#ifndef PMT_CALIBRATE_PARTS_H
#define PMT_CALIBRATE_PARTS_H

#include "pmt/calibrate.h"

void pmt_calibrate_years(struct pmt_scanned *sources, size_t n,
                         const struct pmt_calibrate_options *options);

#endif
