"""Real faults at the front door: kills, full disks, hostile bodies, slow clients, wrong keys, second processes."""
