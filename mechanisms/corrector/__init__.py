"""A network that knows the closed form: it corrects the kernel model's prediction where that tends to err."""
