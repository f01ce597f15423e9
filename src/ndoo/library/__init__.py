"""What `import ndoo` offers to Python: frames upheld in memory, releases verified, columns validated, flows decided on."""
