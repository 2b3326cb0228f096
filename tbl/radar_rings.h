/* Rings of the technology radar, from the middle outwards. RADAR_RING(symbol, name, meaning) */
RADAR_RING(ADOPT, "adopt", "what most have: take it unless there is a reason not to")
RADAR_RING(TRIAL, "trial", "several have it: ask them before you decide")
RADAR_RING(ASSESS, "assess", "one service has it: look at how it went there")
RADAR_RING(HOLD, "hold", "left alone: nothing new should be built on it")
