"""Who a person is: the register of people, the codes that prove it, and NHS login."""
