from discovery.adag.data import read_domains as read_domains
from discovery.adag.network import ADAG as ADAG
from discovery.adag.train import fit_adag as fit_adag
