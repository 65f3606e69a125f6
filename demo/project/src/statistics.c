#include "statistics.h"

#include <math.h>

double sum(const struct numbers *numbers) {
  double total = 0, lost = 0; /* Kahan: small terms must not vanish beside large ones */
  for (size_t i = 0; i < numbers->count; i++) {
    double term = numbers->values[i] - lost;
    double next = total + term;
    lost = (next - total) - term;
    total = next;
  }
  return total;
}

double mean(const struct numbers *numbers) { return sum(numbers) / (double)numbers->count; }

double deviation(const struct numbers *numbers) {
  double middle = mean(numbers), squares = 0;
  for (size_t i = 0; i < numbers->count; i++) squares += (numbers->values[i] - middle) * (numbers->values[i] - middle);
  return sqrt(squares / (double)numbers->count);
}
