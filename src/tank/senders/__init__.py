"""What takes the mails: AWS SES, an SMTP server, or a folder. ``registry.SenderRegistry`` opens them by profile."""
