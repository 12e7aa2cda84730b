print("lerobot-train")
