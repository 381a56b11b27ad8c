"""What people see of a forecast: one reading of what the DAG wrote, for every face alike."""
