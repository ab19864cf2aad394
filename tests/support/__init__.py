"""What tests stand on: real servers on loopback, started and stopped by the tests themselves."""
