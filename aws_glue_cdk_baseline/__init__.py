"""AWS Glue jobs, their infrastructure and the pipeline that takes them from dev to prod."""
