"""The DigitalOcean image inventory whose totals you can sign."""
