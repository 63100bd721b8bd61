# shellcheck shell=bash
# Whether the node that a shell finds is new enough for regent, as package.json has it.

has_node() {
  node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' 2>/dev/null
}
