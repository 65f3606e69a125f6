bailey_fuzz(keep_fuzz SOURCE keep_fuzz.cc DEPS credentials)
