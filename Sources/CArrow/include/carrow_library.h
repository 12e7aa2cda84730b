// Empty on purpose: nothing links this library; what it exports is listed in carrow.h of CArrowTable.
