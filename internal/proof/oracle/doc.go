// Package oracle holds the guard against a real server: what the guard allows is run there, as a role that may touch
// its tenant only and as one that may touch everything. It also takes each of the two walls away and sees what the
// other one stops, in databases that the provisioner has set up. It has no code besides its tests, which are here
// because package guard must not need a driver.
package oracle
