Console.WriteLine("awq");
