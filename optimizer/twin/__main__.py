"""`python -m optimizer.twin`."""

import argparse

from optimizer.twin import runner

parser = argparse.ArgumentParser(
    prog="optimizer.twin", description="A loopback server that stands in for OpenAI."
)
runner.add_arguments(parser)
runner.run(vars(parser.parse_args()))
