bailey_fuzz(token_answer_fuzz SOURCE token_answer_fuzz.cc DEPS minter)
