"""Every sentence that a member can see, written once, in the module of its subject, in the language that is spoken."""
