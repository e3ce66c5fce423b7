"""What every vendor over HTTP needs: hosts and keys, clients, bodies, errors, waits."""
