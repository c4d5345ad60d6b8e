"""What pools paid: from files, and from what the pools and wallets themselves answer."""
