"""What is done to the target list beside changing it: its rules, nominations, holds, undoing, policy."""
