"""What scripts/bench runs: builds, prepares inputs, times Saltus and its peers in turn, reports."""
