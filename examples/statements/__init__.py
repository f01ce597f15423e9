"""Made-up organisations whose statements can be published: registers, and what makes the evidence for them."""
