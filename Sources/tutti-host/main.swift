print("tutti-host")
