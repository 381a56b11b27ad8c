"""Where a day's forecast goes: one interface over a folder, S3 and DynamoDB."""
