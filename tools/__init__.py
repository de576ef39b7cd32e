"""tools: measure the grader, pack it for laptops and autograders, build the site."""
