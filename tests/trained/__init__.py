"""Tests of the product's trained model; they run after training, in the assistant's environment."""
