/* How a ring follows from what is used; the first rule that holds counts. Teams are those with a service that has it and that somebody has committed to within a year; they are compared with the teams that
 * have anything for the same (the same capability in the same ecosystem, a database, a broker, a language). One team alone is no majority, so nothing is adopted where only one has anything for it.
 * RADAR_RULE(symbol, name, ring, function, meaning) */
RADAR_RULE(ASLEEP, "asleep", HOLD, asleep, "nobody has committed for a year to any service that has it")
RADAR_RULE(COMMON, "common", ADOPT, common, "at least two teams have it, and at least half of those that have anything for the same")
RADAR_RULE(FADING, "fading", HOLD, fading, "at least three services have it, and nobody has committed for a year to at least half of them")
RADAR_RULE(SEVERAL, "several", TRIAL, several, "at least two services that are worked on have it")
RADAR_RULE(SINGLE, "single", ASSESS, single, "one service that is worked on has it")
