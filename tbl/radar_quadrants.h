/* Quarters of the technology radar. RADAR_QUADRANT(symbol, name) */
RADAR_QUADRANT(PLATFORM, "languages and platforms")
RADAR_QUADRANT(DATA, "data and messages")
RADAR_QUADRANT(INTERFACE, "interfaces")
RADAR_QUADRANT(CODE, "operation and code")
