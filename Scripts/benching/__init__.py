"""What Scripts/bench is made of: processes, contenders, jobs, limits, cases and the report."""
