/* A growing array of numbers and how to read one from a stream. */
#ifndef NUMBERS_H
#define NUMBERS_H

#include <stddef.h>
#include <stdio.h>

struct numbers {
  double *values;
  size_t count;
  size_t capacity;
};

/* Returns 0, or -1 when memory runs out. */
int numbers_add(struct numbers *numbers, double value);
void numbers_free(struct numbers *numbers);

/* Reads one number a line until the end. Returns 0, or the number of the first line that isn't one. */
long numbers_read(struct numbers *numbers, FILE *in);

#endif
