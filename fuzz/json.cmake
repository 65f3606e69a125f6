bailey_fuzz(json_read_fuzz SOURCE json_read_fuzz.cc DEPS json)
