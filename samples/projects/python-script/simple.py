"""A script with four settings. Guild finds them and lets them be set for each run."""

layers = 32
name = "foo"
noise = 3
skip_connections = True

print(f"Building {name} with {layers} layers")
print(f"Noise is {noise}, connections are {'skipped' if skip_connections else 'kept'}")
