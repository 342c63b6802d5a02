"""What an operator needs: readiness, metrics, moving to bigger machines, backups."""
