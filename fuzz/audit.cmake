bailey_fuzz(audit_fuzz SOURCE audit_fuzz.cc DEPS audit)
