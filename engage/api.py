"""What every API endpoint shares: authentication, permission, paging, problem details."""
