"""Parts of neural networks, their training, and the pretrained models of the package."""
