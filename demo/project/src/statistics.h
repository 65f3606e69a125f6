/* What a set of numbers amounts to. All of these need at least one number. */
#ifndef STATISTICS_H
#define STATISTICS_H

#include "numbers.h"

double sum(const struct numbers *numbers);
double mean(const struct numbers *numbers);
double deviation(const struct numbers *numbers);

#endif
